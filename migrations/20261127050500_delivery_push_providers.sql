-- Messages in doubt are looked for in the log of the Postfix server that they were handed to.
ALTER TABLE delivery.attempts DROP CONSTRAINT attempts_resolution_check;
ALTER TABLE delivery.attempts ADD CONSTRAINT attempts_resolution_check CHECK (resolution IN (
    'held', 'resent', 'repeated', 'marked_sent', 'reported', 'found_in_log', 'absent_from_log')) NOT VALID;
