"""A small strict SMTP client (RFC 5321, 3207, 4954): every wait has a deadline, every reply a bound, every fault a name.

`wire` moves octets and turns on encryption, `reply` reads replies, `session` speaks, `tls` says what encryption is wanted and
what a certificate says, `transcript` writes down what was said, without secrets.
"""
