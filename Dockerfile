# Dependencies are installed in a stage of their own: the image that runs carries no npm cache and no test tools.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    K8S_UPGRADE_BOT_CONFIG=/etc/k8s-upgrade-bot/config.yaml
RUN groupadd --gid 10001 bot \
 && useradd --uid 10001 --gid bot --no-create-home --shell /usr/sbin/nologin bot \
 && install -d -o bot -g bot -m 0700 /var/lib/k8s-upgrade-bot
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY src src
USER bot
# The database and the backups: the one thing that must survive the container.
VOLUME /var/lib/k8s-upgrade-bot
# On 127.0.0.1 unless the configuration says otherwise (http.address); the check below asks from within.
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches the program, which lets go of its runs and ends. Give it 30 s.
STOPSIGNAL SIGTERM
# The flag keeps the young generation small: a plan for 30,000 pods then peaks at 250 MB instead of 400.
CMD ["node", "--max-semi-space-size=16", "src/main.ts"]
