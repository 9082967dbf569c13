#!/usr/bin/env node
// Tries the tests' fake of Bitbucket and Confluence with clients that others wrote: what they create, list, update and
// delete must come back as they expect. `confluence.js` checks each answer against types of its own.
//
//     npm install --prefix target/clients confluence.js@3 bitbucket@2
//     node scripts/foreign-clients.mjs

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import path from "node:path";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "target", "clients", "node_modules");

let createV1Client, createV2Client, Bitbucket;
try {
  const confluence = path.join(modules, "confluence.js", "dist", "index.js");
  ({ createV1Client, createV2Client } = await import(pathToFileURL(confluence)));
  ({ Bitbucket } = createRequire(path.join(modules, "x.js"))("bitbucket"));
} catch (error) {
  console.error(`${error.message}\nfirst: npm install --prefix target/clients confluence.js@3 bitbucket@2`);
  process.exit(2);
}

/** Starts the fake; gives what it says of itself, and how to stop it. */
async function start() {
  const fake = spawn("cargo", ["run", "--quiet", "--locked", "--example", "fake"], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: fake.stdout });
  const ended = new Promise((resolve) => fake.once("close", resolve));
  const first = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    ended.then((code) => reject(new Error(`the fake ended with ${code}`)));
  });
  const said = [];
  lines.on("line", (line) => said.push(line));
  const stop = async () => {
    fake.stdin.end();
    const code = await ended;
    return { code, said };
  };
  return { ...JSON.parse(first), stop };
}

let count = 0;
async function story(name, told) {
  await told();
  count += 1;
  console.log(`ok  ${name}`);
}

/** Whether a promise fails with this status. */
const fails = async (promise, status) =>
  assert.rejects(promise, (error) => {
    assert.equal(error.status ?? error.response?.status, status, `${error.name}: ${error.message}`);
    return true;
  });

async function confluence({ confluence: { host, email, apiToken }, page }) {
  const auth = { type: "basic", email, apiToken };
  const v2 = createV2Client({ host, auth });
  const v1 = createV1Client({ host, auth });
  const body = (value) => ({ representation: "storage", value });

  await story("confluence.js: a page by its id, and pages by title", async () => {
    const one = await v2.page.getPageById({ id: page });
    assert.equal(one.title, "ENG-1 Checkout");
    const { results } = await v2.page.getPages({ id: [page], status: ["current", "archived"], limit: 250 });
    assert.deepEqual(results.map(({ title }) => title), [one.title]);
  });
  await story("confluence.js: spaces, labels, operations, tasks, restrictions, search, the account", async () => {
    await v2.space.getSpaces({ keys: ["ENG"] });
    await v2.label.getPageLabels({ id: page });
    await v2.operation.getPageOperations({ id: page });
    await v2.task.getTasks({ pageId: [page] });
    await v2.ancestors.getPageAncestors({ id: page });
    await v1.contentRestrictions.getRestrictionsForOperation({ id: String(page), operationKey: "read" });
    const found = await v1.content.searchContentByCQL({ cql: "space = ENG and type = page", limit: 10 });
    assert.ok(found.results.length > 0);
    await v1.users.getCurrentUser();
  });
  await story("confluence.js: a footer comment is created, listed, updated and deleted", async () => {
    const made = await v2.comment.createFooterComment({ pageId: String(page), body: body("<p>one &amp; only</p>") });
    const list = () => v2.comment.getPageFooterComments({ id: page, bodyFormat: "storage", limit: 50 });
    let { results } = await list();
    assert.deepEqual(results.map(({ id }) => id), [made.id]);
    assert.match(results[0].body.storage.value, /one &amp; only/);
    const commentId = Number(made.id);
    const update = (value) => ({ commentId, body: { version: { number: 2 }, body: body(value) } });
    await v2.comment.updateFooterComment(update("<p>two</p>"));
    ({ results } = await list());
    assert.equal(results[0].version.number, 2);
    await fails(v2.comment.updateFooterComment(update("<p>late</p>")), 409);
    await v2.comment.deleteFooterComment({ commentId });
    await fails(v2.comment.getFooterCommentById({ commentId }), 404);
  });
  await story("confluence.js: a property is created, listed, updated and deleted", async () => {
    const key = "confluence-pr-link";
    const made = await v2.contentProperties.createPageProperty({ pageId: page, key, value: { rows: [1] } });
    const propertyId = Number(made.id);
    const put = { pageId: page, propertyId, key, value: { rows: [1, 2] }, version: { number: 2 } };
    await v2.contentProperties.updatePagePropertyById(put);
    const { results } = await v2.contentProperties.getPageContentProperties({ pageId: page, key });
    assert.deepEqual(results.map(({ value, version }) => [value, version.number]), [[{ rows: [1, 2] }, 2]]);
    await fails(v2.contentProperties.updatePagePropertyById(put), 409);
    await v2.contentProperties.deletePagePropertyById({ pageId: page, propertyId });
  });
}

async function bitbucket({ bitbucket: { baseUrl, token }, workspace, repository, pullRequest, commit }) {
  const client = new Bitbucket({ baseUrl, auth: { token }, notice: false });
  const of = { workspace, repo_slug: repository };
  const ours = { ...of, pull_request_id: pullRequest };

  await story("bitbucket: the repository, a pull request and its commits", async () => {
    const { data } = await client.pullrequests.get(ours);
    assert.equal(data.title, "ENG-1: a new checkout");
    await client.repositories.get(of);
    const commits = await client.pullrequests.listCommits(ours);
    assert.equal(commits.data.values.length, 2);
    const listed = await client.pullrequests.list({ ...of, state: "OPEN", pagelen: 50 });
    assert.equal(listed.data.values[0].id, pullRequest);
  });
  await story("bitbucket: a comment is created, listed, updated and deleted", async () => {
    const made = await client.pullrequests.createComment({ ...ours, _body: { content: { raw: "one | *two*" } } });
    const one = { ...ours, comment_id: made.data.id };
    await client.pullrequests.updateComment({ ...one, _body: { content: { raw: "three" } } });
    const listed = await client.pullrequests.listComments({ ...ours, pagelen: 100 });
    assert.deepEqual(listed.data.values.map(({ id, content }) => [id, content.raw]), [[made.data.id, "three"]]);
    await client.pullrequests.deleteComment(one);
    const after = await client.pullrequests.listComments(ours);
    // A deleted comment stays listed, as deleted.
    assert.deepEqual(after.data.values.map(({ id, deleted }) => [id, deleted]), [[made.data.id, true]]);
  });
  await story("bitbucket: a report and its annotations are written, read and deleted", async () => {
    const report = { ...of, commit, reportId: "links" };
    const _body = { title: "Links", details: "two", report_type: "BUG", result: "PASSED" };
    await client.reports.createOrUpdateReport({ ...report, _body });
    const { data } = await client.reports.getReport(report);
    assert.equal(data.result, "PASSED");
    const noted = [{ external_id: "links-1", annotation_type: "BUG", summary: "No page is linked" }];
    await client.reports.bulkCreateOrUpdateAnnotations({ ...report, _body: noted });
    const annotations = await client.reports.getAnnotationsForReport(report);
    assert.deepEqual(annotations.data.values.map(({ summary }) => summary), ["No page is linked"]);
    await client.reports.deleteReport(report);
    await fails(client.reports.getReport(report), 404);
  });
}

const fake = await start();
console.log(`the fake; ${fake.documents ? "held against" : "without"} Atlassian's documents`);
let failure;
try {
  await confluence(fake);
  await bitbucket(fake);
} catch (error) {
  failure = error;
}
const { code, said } = await fake.stop();
said.forEach((line) => console.error(line));
if (failure) console.error(failure);
if (failure || code !== 0 || said.length > 0) process.exit(1);
console.log(`${count} stories told`);
