"""The web application and the command line: who may do what, and what they see."""
