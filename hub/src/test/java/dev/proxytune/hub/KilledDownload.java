package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.nio.file.Path;
import java.util.Optional;

/** A process that pulls and says where it is, to be killed. Arguments: home, reference. */
final class KilledDownload {
    private KilledDownload() {}

    public static void main(String[] args) {
        var settings = HubSettings.of(name -> Optional.ofNullable(System.getenv(name)), Path.of(args[0]));
        var hub = new ModelHub(settings, Pause.SLEEP, new DownloadPlan(4, 1 << 16, 1 << 17), _ -> Long.MAX_VALUE);
        try {
            hub.pull(
                    ModelReference.parse(args[1]),
                    new PullListener() {
                        @Override
                        public void onProgress(long done) {
                            System.out.println(done);
                        }
                    },
                    new Cancellation());
            System.out.println("done");
        } catch (HubException e) {
            System.out.println(e.getMessage());
        }
    }
}
