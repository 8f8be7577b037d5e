// node clients.mjs CLIENT URL TOKEN: one GET with what the client does about refusals by default; prints the status.
const [client, url, token] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };

const ask = {
  async got() {
    const { got } = await import('got');
    return (await got(url, { headers })).statusCode;
  },
  async ky() {
    const { default: ky } = await import('ky');
    return (await ky(url, { headers })).status;
  },
  async 'axios-retry'() {
    const { default: axios } = await import('axios');
    const { default: axiosRetry } = await import('axios-retry');
    axiosRetry(axios);
    return (await axios.get(url, { headers })).status;
  },
  async undici() {
    const { Agent, request, RetryAgent } = await import('undici');
    const { statusCode, body } = await request(url, { headers, dispatcher: new RetryAgent(new Agent()) });
    await body.dump();
    return statusCode;
  },
};
console.log(await ask[client]());
process.exit();
