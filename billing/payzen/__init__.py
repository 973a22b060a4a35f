"""PayZen (Lyra) payment by form: what we send, what we receive, what we ask.

`config` the shop's values, `signature` the seal, `form` what the browser takes to the bank, `notification` the bank's
server message, `rest` our own questions, `transactions` the one shape that both channels give, `schedule` when to ask.
No database and no clock here: rows belong to `billing`, instants are arguments.

This file imports nothing on purpose: the test bank lives below this package and must not load our signature.
"""
