-- The groups whose fingerprint begins so, of open letters or of notes; two are one too many.
-- :rows groups
SELECT fingerprint FROM dead_letter
WHERE state = 'open' AND fingerprint >= :first AND fingerprint < :last
UNION SELECT fingerprint FROM letter_note
WHERE fingerprint >= :first AND fingerprint < :last
ORDER BY fingerprint LIMIT 2
