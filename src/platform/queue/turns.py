"""Users take turns inside a queue: round robin, in two Lua scripts.

A pushed message goes to its user's own list, and the user into the queue's ring. A worker that has a free
slot asks for the next turn: the first user of the ring gives one message and goes to the end of the ring.
So a thousand messages of one user delay nobody else by more than one.
"""

from __future__ import annotations

from collections.abc import Sequence

from .keys import HEARTBEATS, STOPPED, acks_key, list_key, messages_key, ring_key

# KEYS: messages, ring, the user's list. ARGV: message id, message, user id, LPUSH or RPUSH.
# A message that Redis knows already, because its row could not be deleted the last time, is not queued twice.
PUSH = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  if redis.call('EXISTS', KEYS[3]) == 0 then
    redis.call('RPUSH', KEYS[2], ARGV[3])
  end
  redis.call(ARGV[4], KEYS[3], ARGV[1])
end
"""

# KEYS: stopped, heartbeats, then (list, ring, messages, acks) of each queue of a group that a worker consumes, in
# their order of priority. ARGV: time in ms, worker, how many messages at most, then for each queue all its names,
# joined, then (number of the queue, message id) of each message that is done.
# Returns (number of the queue, message) of each message taken, one after the other. The lists are Dramatiq's: what
# its maintenance gives back from a dead worker lies there and goes first. Empty lists vanish by themselves in Redis.
EXCHANGE = """
local queues, room = (#KEYS - 2) / 4, tonumber(ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[2])
for i = 4 + queues, #ARGV, 2 do
  local at = 4 * tonumber(ARGV[i])
  if redis.call('SREM', KEYS[at + 2], ARGV[i + 1]) == 1 then redis.call('HDEL', KEYS[at + 1], ARGV[i + 1]) end
end
local pauses = redis.call('EXISTS', KEYS[1]) == 1
local function stopped(names)
  if not pauses then return false end
  for name in string.gmatch(names, '[^ ]+') do
    if redis.call('SISMEMBER', KEYS[1], name) == 1 then return true end
  end
  return false
end
local function turn(ring)
  while true do
    local user = redis.call('LPOP', ring)
    if not user then return nil end
    local theirs = ring .. ':' .. user
    local id = redis.call('LPOP', theirs)
    if redis.call('EXISTS', theirs) == 1 then redis.call('RPUSH', ring, user) end
    if id then return id end
  end
end
local taken = {}
for queue = 1, queues do
  local at = 4 * queue
  while #taken < 2 * room and not stopped(ARGV[3 + queue]) do
    local id = redis.call('LPOP', KEYS[at - 1]) or turn(KEYS[at])
    if not id then break end
    local message = redis.call('HGET', KEYS[at + 1], id)
    if message then
      redis.call('SADD', KEYS[at + 2], id)
      taken[#taken + 1] = queue
      taken[#taken + 1] = message
    end
  end
end
return taken
"""


def names(queue: str) -> tuple[str, ...]:
    """Return every name by which an admin may stop ``queue``.

    >>> names("engine.high")
    ('engine.high', 'engine', 'high', 'all')
    """
    group, _, priority = queue.partition(".")
    return queue, group, priority, "all"


def exchange_keys(queues: Sequence[str], *, worker: str) -> list[str]:
    """Return the keys of ``EXCHANGE`` for ``queues``, in their order of priority."""
    each = [(list_key(name), ring_key(name), messages_key(name), acks_key(name, worker)) for name in queues]
    return [STOPPED, HEARTBEATS, *(key for keys in each for key in keys)]
