"""Acts that span consent, support and accounts; they know no desk and no request."""
