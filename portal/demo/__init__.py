"""The demonstration: a fictional consortium with three years of history, made through the domain's own functions."""

from portal.demo.full_scale import enlarge
from portal.demo.making import NotADemonstration, Report, make
from portal.demo.sign_ins import file as sign_ins_file
from portal.demo.sign_ins import keep_address, read

__all__ = ["NotADemonstration", "Report", "enlarge", "keep_address", "make", "read", "sign_ins_file"]
