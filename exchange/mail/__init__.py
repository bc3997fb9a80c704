"""Mail as bytes → what a person would read of it. Whatever a sender can send is read in time and memory that grow with
its length, and never raises: what can't be read is told as a problem.

`read_mail` (`reading`) is the way in; the other modules are its steps.
"""
