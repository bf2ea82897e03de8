# Debian, not Alpine: uWebSockets.js and other prebuilt binaries need glibc.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What runs needs no install script: all native parts come as prebuilt packages.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY types types
COPY scripts scripts
COPY src src
# uWebSockets.js carries a binary for every platform and Node version: 92 MB, of which 115 (Node 20) on Linux is needed.
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts \
 && find node_modules/uWebSockets.js/binaries -name '*.node' ! -name 'uws_linux_*_115.node' -delete

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    MILLRACE_HOST=0.0.0.0 \
    MILLRACE_PORT=8888 \
    MILLRACE_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
RUN ln -s /app/dist/cli/millrace.js /usr/local/bin/millrace \
 && install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 8888
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MILLRACE_PORT}/status/health`).then((r) => r.text()).then((t) => process.exit(t.trim() === 'true' ? 0 : 1), () => process.exit(1))"]
# Beyond loopback the server starts only when told that its network is private: pass --insecure or MILLRACE_INSECURE=true.
ENTRYPOINT ["node", "/app/dist/cli/millrace.js"]
CMD ["start"]
