"""The best days for several appointments: exact, and knows neither HTTP, ORM nor clock.

`plan(task)` takes the free times of each item and answers at most three plans, each the
best there is for something (`Purpose`). How it works: `field` writes the free times of
all days as bits of long integers, one per grid step; `reach` finds in one sweep which
sets of items fit on which days and how early they end; `sequences` spreads the items
over days; `waiting` raises the waiting one grid step at a time, on all days at once,
until the set is done, so that what it finds first is the least; `trace` reads back which
times those were.

Memory: a bit string is `days × (opening hours ÷ grid)` bits long; at most
`2^items × (sites + 1) × (longest pause ÷ grid + 5)` of them are kept at once. Six items,
20 sites, 30 days of ten hours in steps of five minutes, an hour of travel: 23 MB at the
very most; in steps of twenty minutes 3 MB; with clocks that share no step but the minute
180 MB. Most strings are empty: measured were 1 to 5 MB, and 60 MB in the last case
(15,000 free times at random minutes). Nothing is kept between two calls.
"""

from appointments.planner.shapes import (
    MOST_ITEMS,
    Answer,
    Free,
    Option,
    Plan,
    Purpose,
    Task,
    never,
)
from appointments.planner.solve import plan

__all__ = [
    "MOST_ITEMS",
    "Answer",
    "Free",
    "Option",
    "Plan",
    "Purpose",
    "Task",
    "never",
    "plan",
]
