"""Values of law and policy: declared once with their bounds, changed from a day on, read wherever they count."""
