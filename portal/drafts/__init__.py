"""What staff have typed and not sent yet, so that it is not lost."""
