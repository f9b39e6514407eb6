-- Peers, accounts and numbers of shaken302. `shaken302 db init` runs this text.
-- A column of peer and account is the key of that name in [[peer]] and [[account]] of
-- conf/shaken302.toml: the same meaning, the same values; NULL is the key's default, and a list is a
-- JSON array of texts. Whatever the checks below let through is checked again by `shaken302 check`
-- and by the server, which keeps the last good state when something is wrong.

CREATE TABLE "account" (
  "id" text PRIMARY KEY,  -- how numbers and peers refer to it
  "parent" text REFERENCES "account" ("id") ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,  -- the account that it belongs to
  "status" text CHECK ("status" IN ('active', 'suspended')),  -- a suspended account signs nothing
  "business_profile" text CHECK ("business_profile" IN ('none', 'pending', 'approved', 'rejected')),  -- review of who it is
  "trust_product" text CHECK ("trust_product" IN ('none', 'pending', 'approved', 'rejected')),  -- review of what it does
  "max_attestation" text CHECK ("max_attestation" IN ('A', 'B', 'C')),  -- cap on its level
  "credential" text,  -- signs its calls; of several the newest that is valid; empty: those of its parent
  "outside_attestation" text CHECK ("outside_attestation" IN ('B', 'C')),  -- level of callers that are not its numbers
  "family_numbers" boolean,  -- numbers of the accounts above and below it count as its own
  "own_certificate_required" boolean,  -- it signs with a credential of its own or not at all
  "origid" text,  -- per call, per account, per peer, or a fixed UUID
  "calls_per_second" bigint CHECK ("calls_per_second" BETWEEN 0 AND 1000000),  -- how many of its calls are signed a second; 0: any number
  "calls_per_day" bigint CHECK ("calls_per_day" BETWEEN 0 AND 1000000000),  -- how many of its calls a UTC day may be signed without an alarm; 0: any number
  "labels" jsonb CHECK (jsonb_typeof("labels") = 'array')  -- words for people and reports
);
CREATE INDEX "account_parent" ON "account" ("parent");

CREATE TABLE "peer" (
  "name" text PRIMARY KEY,  -- its name in logs and counters
  "sources" jsonb CHECK (jsonb_typeof("sources") = 'array'),  -- the addresses that its calls come from
  "listeners" jsonb CHECK (jsonb_typeof("listeners") = 'array'),  -- the listeners that its calls come in at; empty: all
  "client_names" jsonb CHECK (jsonb_typeof("client_names") = 'array'),  -- what the certificate of its TLS connections must name, one of them; empty: none is needed
  "hosts" jsonb CHECK (jsonb_typeof("hosts") = 'array'),  -- the hosts of the Request-URI of its calls; empty: all
  "country" text,  -- country code of its number plan; empty: E.164 only
  "international_prefix" text,  -- instead of the plan's
  "national_prefix" text,  -- instead of the plan's
  "bare_international" boolean,  -- foreign numbers may come without + and prefix
  "emergency" jsonb CHECK (jsonb_typeof("emergency") = 'array'),  -- never refused; instead of the plan's
  "dialect" jsonb CHECK (jsonb_typeof("dialect") = 'array'),  -- where the Identity goes in the answer
  "x_identity_name" text,  -- header of the dialect "x-identity"
  "status" bigint CHECK ("status" IN (302, 300)),  -- status of a redirection
  "next_hop" text,  -- host and port of the Contact; empty: the requester
  "unsigned" text CHECK ("unsigned" IN ('302', '404', '403', '603', '503')),  -- what it gets when there is no signature
  "orig" jsonb CHECK (jsonb_typeof("orig") = 'array'),  -- where the calling number is, in this order
  "dest" text CHECK ("dest" IN ('To', 'Request-URI')),  -- where the called number is
  "account_from" jsonb CHECK (jsonb_typeof("account_from") = 'array'),  -- who says which account a call belongs to, in this order
  "caller_id_screened" boolean,  -- the peer has checked that its customer may use the caller id
  "account_uri_vouched" boolean,  -- the peer itself writes the parameter or host that names the account
  "max_attestation" text CHECK ("max_attestation" IN ('A', 'B', 'C')),  -- cap on the level of its calls
  "attestation_override" text CHECK ("attestation_override" IN ('none', 'lower', 'any')),  -- whether the peer may ask for a level
  "attestation_from" jsonb CHECK (jsonb_typeof("attestation_from") = 'array'),  -- where it asks for a level, in this order
  "retargeted_max_attestation" text CHECK ("retargeted_max_attestation" IN ('A', 'B', 'C')),  -- cap on calls that were diverted
  "suspended_accounts" text CHECK ("suspended_accounts" IN ('unsigned', 'C')),  -- what calls of suspended accounts get
  "unknown_accounts" text CHECK ("unknown_accounts" IN ('C', 'unsigned')),  -- what calls of no known account get
  "caller_rules" jsonb CHECK (jsonb_typeof("caller_rules") = 'array'),  -- what becomes of calls from kinds of callers; the first match counts
  "called_rules" jsonb CHECK (jsonb_typeof("called_rules") = 'array'),  -- what becomes of calls to kinds of destinations; the first match counts
  "block" text CHECK ("block" IN ('603', '403', '404', '503')),  -- what a blocked call gets
  "existing_identity" text CHECK ("existing_identity" IN ('replace', 'add', 'pass')),  -- what happens to a call that has an Identity
  "verifies_identity" boolean,  -- the peer has verified the Identity that it passes on
  "credential" text,  -- signs, as C, the calls of no known account; empty: they stay unsigned
  "origid" text,  -- origid of the calls of no known account: per call, per peer, or a UUID
  "force_rport" boolean,  -- answers go to the source port without rport too
  "attestation_header" boolean,  -- adds P-Attestation-Indicator
  "origination_id_header" boolean,  -- adds P-Origination-ID
  "ppt_quoted" boolean,  -- writes ppt="shaken" with quotes
  "calls_per_second" bigint CHECK ("calls_per_second" BETWEEN 0 AND 1000000),  -- how many requests a second are looked at; 0: any number
  "over_limit" text CHECK ("over_limit" IN ('silent', '503'))  -- what it gets for what is over calls_per_second or too late
);

-- Numbers and ranges: 7 to 15 digits with the country code first. The most specific row wins, also
-- when it is not valid now. Days are UTC, inclusive; NULL is no limit.
CREATE TABLE "number" (
  "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  "first" bigint NOT NULL CHECK ("first" BETWEEN 1000000 AND 999999999999999),
  "last" bigint,  -- NULL: one number
  "account" text NOT NULL REFERENCES "account" ("id") ON UPDATE CASCADE,
  "valid_from" date CHECK ("valid_from" BETWEEN '1900-01-01' AND '9999-12-31'),
  "valid_until" date CHECK ("valid_until" BETWEEN '1900-01-01' AND '9999-12-31'),
  "basis" text CHECK ("basis" IN ('assigned', 'verified', 'loa', 'delegated')),
  "reference" text,  -- for people
  CHECK ("last" >= "first" AND length("last"::text) = length("first"::text)),
  CHECK ("valid_from" <= "valid_until")
);
CREATE UNIQUE INDEX "number_claim" ON "number" ("first", coalesce("last", "first"));
CREATE INDEX "number_account" ON "number" ("account");

-- Numbers that never call: whoever shows one of them is refused.
CREATE TABLE "never_call" (
  "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  "first" bigint NOT NULL CHECK ("first" BETWEEN 1000000 AND 999999999999999),
  "last" bigint,  -- NULL: one number
  "valid_from" date CHECK ("valid_from" BETWEEN '1900-01-01' AND '9999-12-31'),
  "valid_until" date CHECK ("valid_until" BETWEEN '1900-01-01' AND '9999-12-31'),
  "reference" text,  -- for people
  CHECK ("last" >= "first" AND length("last"::text) = length("first"::text)),
  CHECK ("valid_from" <= "valid_until")
);
CREATE UNIQUE INDEX "never_call_claim" ON "never_call" ("first", coalesce("last", "first"));

-- Changes with each table; the server looks at it. The clock is in it, so that a database that was
-- restored from a backup does not count up to a value that it had before.
CREATE TABLE "revision" ("part" text PRIMARY KEY, "value" bigint NOT NULL);
INSERT INTO "revision" VALUES ('peer', 1), ('account', 1), ('number', 1), ('never_call', 1);

-- Whoever may change a table need not be allowed to change its revision: this runs as its owner, so
-- that it names what it touches by its schema, and nobody else makes a trigger of it.
CREATE FUNCTION "shaken302_changed"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %I."revision" SET "value" = greatest("value" + 1, $1) WHERE "part" = $2',
                 TG_TABLE_SCHEMA)
    USING (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, TG_TABLE_NAME::text;
  PERFORM pg_notify('shaken302', TG_TABLE_NAME);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION "shaken302_changed"() FROM PUBLIC;
CREATE TRIGGER "peer_changed" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "peer"
  FOR EACH STATEMENT EXECUTE FUNCTION "shaken302_changed"();
CREATE TRIGGER "account_changed" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "account"
  FOR EACH STATEMENT EXECUTE FUNCTION "shaken302_changed"();
CREATE TRIGGER "number_changed" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "number"
  FOR EACH STATEMENT EXECUTE FUNCTION "shaken302_changed"();
CREATE TRIGGER "never_call_changed" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "never_call"
  FOR EACH STATEMENT EXECUTE FUNCTION "shaken302_changed"();
