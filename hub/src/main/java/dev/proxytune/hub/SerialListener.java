package dev.proxytune.hub;

/** Hands calls on one at a time, whatever thread they come from: several connections may have something to say. */
record SerialListener(PullListener listener) implements PullListener {

    @Override
    public void onStart(String file, long bytes, long there) {
        synchronized (listener) {
            listener.onStart(file, bytes, there);
        }
    }

    @Override
    public void onProgress(long done) {
        synchronized (listener) {
            listener.onProgress(done);
        }
    }

    @Override
    public void onUnhashed(String file) {
        synchronized (listener) {
            listener.onUnhashed(file);
        }
    }

    @Override
    public void onEnd(String file, long bytes) {
        synchronized (listener) {
            listener.onEnd(file, bytes);
        }
    }

    @Override
    public void onNotice(String line) {
        synchronized (listener) {
            listener.onNotice(line);
        }
    }
}
