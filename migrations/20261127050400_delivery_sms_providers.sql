-- A doubtful attempt at an account that knows repeats by their key is repeated there under that key.
ALTER TABLE delivery.attempts DROP CONSTRAINT attempts_resolution_check;
ALTER TABLE delivery.attempts ADD CONSTRAINT attempts_resolution_check
    CHECK (resolution IN ('held', 'resent', 'repeated', 'marked_sent'));
