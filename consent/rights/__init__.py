"""The rights a person holds over their data (GDPR Art. 15 to 22): requests, the legal clock, answers and proof."""
