"""Fuzzing of everything that outsiders reach: bytes go in, and either a value or the documented error comes out.

A *target* is one parser with what stands behind it. Its *corpus* is a folder of small files: true inputs, and every
input that ever broke it. `make fuzz` changes them at random until the time is up; the tests take each file, a few
hundred changes of them, and what Hypothesis makes up from the grammar.
"""
