"""What every request passes through: transaction, host names, language, leaving fast, the bar, headers, health."""
