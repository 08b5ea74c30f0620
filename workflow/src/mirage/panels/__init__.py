"""What a reader sees of each table: which columns, in which words, with a caption that names estimand, unit and interval."""
