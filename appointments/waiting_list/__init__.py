"""«Lista de espera»: a time that becomes free is offered to one person at a time, and kept for
them while they decide.

Locks as everywhere: patients, then appointments, then entries and offers, then slots,
each by primary key; the worker's note of an opening before them all, and never waited
for. An offer's time is a held appointment: its slot has one claim, so nothing is
offered twice, and nothing is taken from under anybody.
"""

from appointments.waiting_list.answering import accept, decline
from appointments.waiting_list.clock import close_over, expire
from appointments.waiting_list.ending import served
from appointments.waiting_list.joining import Wanted, ahead_of, join, leave
from appointments.waiting_list.matching import fitting, match, match_all
from appointments.waiting_list.offering import Unreached, offer_out, offer_this

__all__ = [
    "Unreached",
    "Wanted",
    "accept",
    "ahead_of",
    "close_over",
    "decline",
    "expire",
    "fitting",
    "join",
    "leave",
    "match",
    "match_all",
    "offer_out",
    "offer_this",
    "served",
]
