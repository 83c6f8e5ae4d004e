// Asks a running server by OpenAI's client: node client.cjs CASE ADDRESS KEY. What is not as expected ends it with an error.
const assert = require('node:assert/strict');
const { OpenAI, AuthenticationError, BadRequestError, NotFoundError } = require('openai');

const [name, baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'What is the Turkish name of Serbian Dinar?' }];
const request = { model: 'family', messages, temperature: 0 };
const create = (more) => client.chat.completions.create({ ...request, ...more });

const cases = {
  async chat() {
    const answer = await create({});
    assert.match(answer.choices[0].message.content, /Sırp dinarı/);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
    const base = await create({ model: 'family:base', max_tokens: 20 });
    assert.notEqual(base.choices[0].message.content, answer.choices[0].message.content);
  },

  async stream() {
    const whole = await create({});
    let text = '';
    let usage;
    for await (const chunk of await create({ stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.deepEqual(usage, whole.usage);
    const helped = client.chat.completions.stream(request);
    assert.equal(await helped.finalContent(), text);
  },

  async logprobs() {
    const answer = await create({ logprobs: true, top_logprobs: 3 });
    const tokens = answer.choices[0].logprobs.content;
    assert.equal(tokens.map((token) => token.token).join(''), answer.choices[0].message.content);
    for (const token of tokens) {
      assert.equal(token.top_logprobs.length, 3);
      assert.ok(token.logprob <= 0);
    }
  },

  async stop() {
    const whole = (await create({})).choices[0].message.content;
    const answer = await create({ stop: [whole.slice(5, 8)] });
    assert.equal(answer.choices[0].message.content, whole.slice(0, whole.indexOf(whole.slice(5, 8))));
    assert.equal(answer.choices[0].finish_reason, 'stop');
  },

  async several() {
    const warm = { n: 3, temperature: 2, seed: 1, max_tokens: 8 };
    const answers = (await create(warm)).choices;
    assert.deepEqual(answers.map((choice) => choice.index), [0, 1, 2]);
    assert.ok(new Set(answers.map((choice) => choice.message.content)).size > 1);
    assert.deepEqual((await create(warm)).choices, answers);
  },

  async completion() {
    const answer = await client.completions.create({ model: 'family', prompt: messages[0].content + '\n', temperature: 0, max_tokens: 50 });
    assert.equal(answer.choices[0].text, (await create({ max_tokens: 50 })).choices[0].message.content);
  },

  async models() {
    const names = [];
    for await (const model of client.models.list()) {
      names.push(model.id);
    }
    assert.deepEqual(names.slice(0, 3), ['family', 'family:base', 'family:expert']);
    assert.equal((await client.models.retrieve('family:base')).id, 'family:base');
  },

  async errors() {
    await assert.rejects(create({ model: 'nobody' }), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.code, 'model_not_found');
      return true;
    });
    await assert.rejects(create({ temperature: -1 }), (error) => {
      assert.ok(error instanceof BadRequestError);
      assert.equal(error.param, 'temperature');
      assert.equal(error.type, 'invalid_request_error');
      assert.ok(error.requestID);
      return true;
    });
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 });
    await assert.rejects(stranger.chat.completions.create(request), AuthenticationError);
  },

  async cancel() {
    const stream = await create({ model: 'gated', stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) {
        break;
      }
    }
    assert.ok(stream.controller.signal.aborted);
  },
};

cases[name]().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
