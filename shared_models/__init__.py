"""What is true: records, rules and words of Tongban. Pure: no file, socket, clock or randomness."""
