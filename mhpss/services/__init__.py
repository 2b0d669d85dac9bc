"""The directory of services: who offers what, where and when, and whether somebody has made sure of it."""
