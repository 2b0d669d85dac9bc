"""The directory in Open Referral's Human Services Data Specification (HSDS) 3.0: written, checked, brought in."""
