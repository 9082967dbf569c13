//! Tests of the whole program, against a fake of the services.

// `cfg(test)` tells the lints that helpers here are test code too.
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bed;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod bitbucket_credentials;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod check;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod comment_authors;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod duplicate_comments;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod fake_keeps_its_word;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod found;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod incomplete_reads;
#[cfg(test)]
mod index;
#[cfg(test)]
mod jira;
#[cfg(test)]
mod kept_rows;
#[cfg(test)]
mod key_rules;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod lag;
#[cfg(test)]
mod layering;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod linking;
#[cfg(test)]
mod log;
#[cfg(test)]
mod manifest;
#[cfg(test)]
mod mentions;
#[cfg(test)]
mod merges;
mod messages;
#[cfg(test)]
mod moved_keys;
#[cfg(test)]
mod network;
#[cfg(test)]
mod old_and_new;
#[cfg(test)]
mod on_a_commit;
#[cfg(test)]
mod order;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod people;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod pull_request_states;
#[cfg(test)]
mod races;
#[cfg(test)]
mod receipt;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod release;
#[cfg(test)]
mod remove;
#[cfg(test)]
mod renames;
#[cfg(test)]
mod repair;
#[cfg(test)]
mod requirements;
#[cfg(test)]
mod review;
#[cfg(test)]
mod row_state;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod secretless;
#[cfg(test)]
mod security;
#[cfg(test)]
mod size;
#[cfg(test)]
mod storms;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod triggers;
#[cfg(test)]
mod unlinking;
#[cfg(test)]
mod values;
#[cfg(test)]
mod variables;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod without_credential;
