import { App, LogLevel } from '@slack/bolt';

/** The peer: Bolt that acknowledges whatever comes and does nothing else. Ends with its standard input. */
const app = new App({
  token: process.env['SLACK_BOT_TOKEN'] ?? '',
  appToken: process.env['SLACK_APP_TOKEN'] ?? '',
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env['SLACK_API_URL'] ?? '' },
});
app.command(/.*/, async ({ ack }) => ack());
await app.start();
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
console.log('started');
