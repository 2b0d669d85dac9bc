"""What people are told and asked in: forms, the directory of recipients and its classes, countries and their law."""
