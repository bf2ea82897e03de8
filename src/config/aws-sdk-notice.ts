/**
 * Keeps the AWS SDK from telling users which Node it wants next year: the version is pinned, and users cannot act on it.
 * To be called before the SDK makes its first client, in each thread that does.
 */
export function silenceAwsSdkNotice(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}
