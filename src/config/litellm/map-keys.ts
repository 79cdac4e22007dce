/** Words of the public maps of models that name the gateway they were first made for. */

/** Who serves the model of an entry. */
export const makerKey = "litellm_provider";
