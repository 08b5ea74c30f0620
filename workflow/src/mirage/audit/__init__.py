"""What is known of the rows before anything is trained."""
