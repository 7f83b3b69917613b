package dev.anagama.gateway.api;

import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.models.PublishedModel;
import dev.anagama.v1.Model;
import java.util.List;

/** Published models as callers see them, with what the workers make of them. */
final class Models {
  private Models() {}

  /** Every model, by name. */
  static List<Model> all(ModelCatalog catalog) {
    return catalog.all().stream().map(model -> of(model, catalog)).toList();
  }

  /** One of the models in {@code catalog}. */
  static Model of(PublishedModel model, ModelCatalog catalog) {
    return Model.newBuilder()
        .setName(model.name())
        .setVersion(model.version())
        .setCard(model.card())
        .setPublishedAt(model.publishedAt())
        .setIsDefault(catalog.defaultName().filter(model.name()::equals).isPresent())
        .addAllServed(catalog.reports().served(model.name()))
        .addAllRefused(catalog.reports().refused(model.name()))
        .build();
  }
}
