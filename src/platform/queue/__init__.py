"""From a row in the outbox to an actor: broker, tasks, dispatch."""
