"""What desks build their forms and pages from: days, choices, answers, uploads, tables to take along, curves."""
