package dev.anagama.gateway.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.gateway.Samples;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.JobState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobArchiveTest {
  private static final String MANIFEST = ResultKeys.manifest(Samples.TENANT, "j1");

  @TempDir Path folder;
  private ObjectStore store;
  private JobArchive archive;

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder);
    archive = new JobArchive(store, Samples.TENANT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void storedRecord_isTheJobAsItEnded() throws Exception {
    GenerationJob job = Samples.job("j1");
    JobRecord record =
        JobRecord.newBuilder().setJob(job).setTerminalEvent(Samples.succeeded(job, 8)).build();
    put(JsonFormat.printer().print(record));

    JobEntry entry = archive.find("j1").orElseThrow();

    assertThat(entry.job()).contains(job);
    assertThat(entry.view().orElseThrow().getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
  }

  @Test
  void recordOfALaterVersion_isReadAsFarAsItIsKnown() {
    put("{\"job\": {\"jobId\": \"j1\", \"priority\": \"high\"}, \"terminalEvent\": {}, \"x\": 1}");

    assertThat(archive.find("j1").orElseThrow().job().orElseThrow().getJobId()).isEqualTo("j1");
  }

  @Test
  void noRecord_isEmpty() {
    assertThat(archive.find("j1")).isEmpty();
  }

  @Test
  void noJson_isAFailureOfTheStore() {
    put("<html>");

    assertThatThrownBy(() -> archive.find("j1"))
        .isInstanceOf(ObjectStoreException.class)
        .hasMessageContaining(MANIFEST);
  }

  private void put(String json) {
    store.put(MANIFEST, json.getBytes(StandardCharsets.UTF_8), "application/json");
  }
}
