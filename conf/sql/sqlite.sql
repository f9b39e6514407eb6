-- Peers, accounts and numbers of shaken302. `shaken302 db init` runs this text.
-- A column of peer and account is the key of that name in [[peer]] and [[account]] of
-- conf/shaken302.toml: the same meaning, the same values; NULL is the key's default, and a list is a
-- JSON array of texts. Whatever the checks below let through is checked again by `shaken302 check`
-- and by the server, which keeps the last good state when something is wrong.

CREATE TABLE "account" (
  "id" TEXT PRIMARY KEY,  -- how numbers and peers refer to it
  "parent" TEXT REFERENCES "account" ("id") ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,  -- the account that it belongs to
  "status" TEXT CHECK ("status" IN ('active', 'suspended')),  -- a suspended account signs nothing
  "business_profile" TEXT CHECK ("business_profile" IN ('none', 'pending', 'approved', 'rejected')),  -- review of who it is
  "trust_product" TEXT CHECK ("trust_product" IN ('none', 'pending', 'approved', 'rejected')),  -- review of what it does
  "max_attestation" TEXT CHECK ("max_attestation" IN ('A', 'B', 'C')),  -- cap on its level
  "credential" TEXT,  -- signs its calls; of several the newest that is valid; empty: those of its parent
  "outside_attestation" TEXT CHECK ("outside_attestation" IN ('B', 'C')),  -- level of callers that are not its numbers
  "family_numbers" INTEGER CHECK ("family_numbers" IN (0, 1)),  -- numbers of the accounts above and below it count as its own
  "own_certificate_required" INTEGER CHECK ("own_certificate_required" IN (0, 1)),  -- it signs with a credential of its own or not at all
  "origid" TEXT,  -- per call, per account, per peer, or a fixed UUID
  "calls_per_second" INTEGER CHECK ("calls_per_second" BETWEEN 0 AND 1000000),  -- how many of its calls are signed a second; 0: any number
  "calls_per_day" INTEGER CHECK ("calls_per_day" BETWEEN 0 AND 1000000000),  -- how many of its calls a UTC day may be signed without an alarm; 0: any number
  "labels" TEXT CHECK ("labels" IS NULL OR json_valid("labels") AND json_type("labels") = 'array')  -- words for people and reports
) STRICT;
CREATE INDEX "account_parent" ON "account" ("parent");

CREATE TABLE "peer" (
  "name" TEXT PRIMARY KEY,  -- its name in logs and counters
  "sources" TEXT CHECK ("sources" IS NULL OR json_valid("sources") AND json_type("sources") = 'array'),  -- the addresses that its calls come from
  "listeners" TEXT CHECK ("listeners" IS NULL OR json_valid("listeners") AND json_type("listeners") = 'array'),  -- the listeners that its calls come in at; empty: all
  "client_names" TEXT CHECK ("client_names" IS NULL OR json_valid("client_names") AND json_type("client_names") = 'array'),  -- what the certificate of its TLS connections must name, one of them; empty: none is needed
  "hosts" TEXT CHECK ("hosts" IS NULL OR json_valid("hosts") AND json_type("hosts") = 'array'),  -- the hosts of the Request-URI of its calls; empty: all
  "country" TEXT,  -- country code of its number plan; empty: E.164 only
  "international_prefix" TEXT,  -- instead of the plan's
  "national_prefix" TEXT,  -- instead of the plan's
  "bare_international" INTEGER CHECK ("bare_international" IN (0, 1)),  -- foreign numbers may come without + and prefix
  "emergency" TEXT CHECK ("emergency" IS NULL OR json_valid("emergency") AND json_type("emergency") = 'array'),  -- never refused; instead of the plan's
  "dialect" TEXT CHECK ("dialect" IS NULL OR json_valid("dialect") AND json_type("dialect") = 'array'),  -- where the Identity goes in the answer
  "x_identity_name" TEXT,  -- header of the dialect "x-identity"
  "status" INTEGER CHECK ("status" IN (302, 300)),  -- status of a redirection
  "next_hop" TEXT,  -- host and port of the Contact; empty: the requester
  "unsigned" TEXT CHECK ("unsigned" IN ('302', '404', '403', '603', '503')),  -- what it gets when there is no signature
  "orig" TEXT CHECK ("orig" IS NULL OR json_valid("orig") AND json_type("orig") = 'array'),  -- where the calling number is, in this order
  "dest" TEXT CHECK ("dest" IN ('To', 'Request-URI')),  -- where the called number is
  "account_from" TEXT CHECK ("account_from" IS NULL OR json_valid("account_from") AND json_type("account_from") = 'array'),  -- who says which account a call belongs to, in this order
  "caller_id_screened" INTEGER CHECK ("caller_id_screened" IN (0, 1)),  -- the peer has checked that its customer may use the caller id
  "account_uri_vouched" INTEGER CHECK ("account_uri_vouched" IN (0, 1)),  -- the peer itself writes the parameter or host that names the account
  "max_attestation" TEXT CHECK ("max_attestation" IN ('A', 'B', 'C')),  -- cap on the level of its calls
  "attestation_override" TEXT CHECK ("attestation_override" IN ('none', 'lower', 'any')),  -- whether the peer may ask for a level
  "attestation_from" TEXT CHECK ("attestation_from" IS NULL OR json_valid("attestation_from") AND json_type("attestation_from") = 'array'),  -- where it asks for a level, in this order
  "retargeted_max_attestation" TEXT CHECK ("retargeted_max_attestation" IN ('A', 'B', 'C')),  -- cap on calls that were diverted
  "suspended_accounts" TEXT CHECK ("suspended_accounts" IN ('unsigned', 'C')),  -- what calls of suspended accounts get
  "unknown_accounts" TEXT CHECK ("unknown_accounts" IN ('C', 'unsigned')),  -- what calls of no known account get
  "caller_rules" TEXT CHECK ("caller_rules" IS NULL OR json_valid("caller_rules") AND json_type("caller_rules") = 'array'),  -- what becomes of calls from kinds of callers; the first match counts
  "called_rules" TEXT CHECK ("called_rules" IS NULL OR json_valid("called_rules") AND json_type("called_rules") = 'array'),  -- what becomes of calls to kinds of destinations; the first match counts
  "block" TEXT CHECK ("block" IN ('603', '403', '404', '503')),  -- what a blocked call gets
  "existing_identity" TEXT CHECK ("existing_identity" IN ('replace', 'add', 'pass')),  -- what happens to a call that has an Identity
  "verifies_identity" INTEGER CHECK ("verifies_identity" IN (0, 1)),  -- the peer has verified the Identity that it passes on
  "credential" TEXT,  -- signs, as C, the calls of no known account; empty: they stay unsigned
  "origid" TEXT,  -- origid of the calls of no known account: per call, per peer, or a UUID
  "force_rport" INTEGER CHECK ("force_rport" IN (0, 1)),  -- answers go to the source port without rport too
  "attestation_header" INTEGER CHECK ("attestation_header" IN (0, 1)),  -- adds P-Attestation-Indicator
  "origination_id_header" INTEGER CHECK ("origination_id_header" IN (0, 1)),  -- adds P-Origination-ID
  "ppt_quoted" INTEGER CHECK ("ppt_quoted" IN (0, 1)),  -- writes ppt="shaken" with quotes
  "calls_per_second" INTEGER CHECK ("calls_per_second" BETWEEN 0 AND 1000000),  -- how many requests a second are looked at; 0: any number
  "over_limit" TEXT CHECK ("over_limit" IN ('silent', '503'))  -- what it gets for what is over calls_per_second or too late
) STRICT;

-- Numbers and ranges: 7 to 15 digits with the country code first. The most specific row wins, also
-- when it is not valid now. Days are UTC, inclusive; NULL is no limit.
CREATE TABLE "number" (
  "id" INTEGER PRIMARY KEY,
  "first" INTEGER NOT NULL CHECK ("first" BETWEEN 1000000 AND 999999999999999),
  "last" INTEGER,  -- NULL: one number
  "account" TEXT NOT NULL REFERENCES "account" ("id") ON UPDATE CASCADE,
  "valid_from" TEXT CHECK (date("valid_from", '+0 days') IS "valid_from"
                          AND "valid_from" BETWEEN '1900-01-01' AND '9999-12-31'),
  "valid_until" TEXT CHECK (date("valid_until", '+0 days') IS "valid_until"
                          AND "valid_until" BETWEEN '1900-01-01' AND '9999-12-31'),
  "basis" TEXT CHECK ("basis" IN ('assigned', 'verified', 'loa', 'delegated')),
  "reference" TEXT,  -- for people
  CHECK ("last" >= "first" AND length("last") = length("first")),
  CHECK ("valid_from" <= "valid_until")
) STRICT;
CREATE UNIQUE INDEX "number_claim" ON "number" ("first", coalesce("last", "first"));
CREATE INDEX "number_account" ON "number" ("account");

-- Numbers that never call: whoever shows one of them is refused.
CREATE TABLE "never_call" (
  "id" INTEGER PRIMARY KEY,
  "first" INTEGER NOT NULL CHECK ("first" BETWEEN 1000000 AND 999999999999999),
  "last" INTEGER,  -- NULL: one number
  "valid_from" TEXT CHECK (date("valid_from", '+0 days') IS "valid_from"
                          AND "valid_from" BETWEEN '1900-01-01' AND '9999-12-31'),
  "valid_until" TEXT CHECK (date("valid_until", '+0 days') IS "valid_until"
                          AND "valid_until" BETWEEN '1900-01-01' AND '9999-12-31'),
  "reference" TEXT,  -- for people
  CHECK ("last" >= "first" AND length("last") = length("first")),
  CHECK ("valid_from" <= "valid_until")
) STRICT;
CREATE UNIQUE INDEX "never_call_claim" ON "never_call" ("first", coalesce("last", "first"));

-- Changes with each table; the server looks at it. The clock is in it, so that a database that was
-- restored from a backup does not count up to a value that it had before.
CREATE TABLE "revision" ("part" TEXT PRIMARY KEY, "value" INTEGER NOT NULL) STRICT;
INSERT INTO "revision" VALUES ('peer', 1), ('account', 1), ('number', 1), ('never_call', 1);

CREATE TRIGGER "peer_INSERT" AFTER INSERT ON "peer" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'peer';
END;
CREATE TRIGGER "peer_UPDATE" AFTER UPDATE ON "peer" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'peer';
END;
CREATE TRIGGER "peer_DELETE" AFTER DELETE ON "peer" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'peer';
END;
CREATE TRIGGER "account_INSERT" AFTER INSERT ON "account" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'account';
END;
CREATE TRIGGER "account_UPDATE" AFTER UPDATE ON "account" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'account';
END;
CREATE TRIGGER "account_DELETE" AFTER DELETE ON "account" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'account';
END;
CREATE TRIGGER "number_INSERT" AFTER INSERT ON "number" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'number';
END;
CREATE TRIGGER "number_UPDATE" AFTER UPDATE ON "number" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'number';
END;
CREATE TRIGGER "number_DELETE" AFTER DELETE ON "number" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'number';
END;
CREATE TRIGGER "never_call_INSERT" AFTER INSERT ON "never_call" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'never_call';
END;
CREATE TRIGGER "never_call_UPDATE" AFTER UPDATE ON "never_call" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'never_call';
END;
CREATE TRIGGER "never_call_DELETE" AFTER DELETE ON "never_call" BEGIN
  UPDATE "revision" SET "value" =
    max("value" + 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
   WHERE "part" = 'never_call';
END;
