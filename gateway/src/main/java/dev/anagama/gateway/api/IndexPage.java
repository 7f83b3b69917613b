package dev.anagama.gateway.api;

import dev.anagama.gateway.models.PublishedModel;
import dev.anagama.v1.Job;
import dev.anagama.v1.StoredImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The page at {@code /}: what this is, its routes, the models and the latest images. */
final class IndexPage {
  private static final String HEAD = resource("index-head.html");

  private IndexPage() {}

  static String html(List<PublishedModel> models, List<Job> latest) {
    StringBuilder html = new StringBuilder(HEAD).append("<h2>Models</h2>\n");
    if (models.isEmpty()) {
      html.append("<p>No checkpoint is published yet.</p>\n");
    }
    for (PublishedModel model : models) {
      html.append("<p><b>")
          .append(escaped(model.name()))
          .append("</b> ")
          .append(escaped(model.version()))
          .append(": ")
          .append(escaped(String.join(", ", model.card().getClassNamesList())))
          .append("</p>\n");
    }
    html.append("<h2>Latest images</h2>\n<p>");
    if (latest.isEmpty()) {
      html.append("None that this gateway knows of.");
    }
    latest.forEach(job -> images(html, job));
    return html.append("</p>\n</body>\n</html>\n").toString();
  }

  private static void images(StringBuilder html, Job job) {
    for (StoredImage image : job.getImagesList()) {
      html.append("<a href=\"")
          .append(escaped(JobJson.jobPath(job.getId())))
          .append("\"><img src=\"")
          .append(escaped(JobJson.imagePath(job.getId(), image.getIndex())))
          // The page may load nothing from elsewhere.
          .append("?redirect=false")
          .append("\" alt=\"image ")
          .append(image.getIndex())
          .append(" of job ")
          .append(escaped(job.getId()))
          .append("\"></a>\n");
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String resource(String name) {
    try (InputStream bytes = IndexPage.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(bytes, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource '%s' is part of this program".formatted(name), e);
    }
  }
}
