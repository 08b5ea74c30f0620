"""What the study's runs say beyond their scores: one module a question, frames in and frames out, a generator for what is drawn."""
