import type { Source } from "../../diagnostics/index.ts";
import { activations } from "./activations.ts";
import { convolutions } from "./convolutions.ts";
import { clips } from "./clips.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { normalisation } from "./normalisation.ts";
import { optimizers } from "./optimizers.ts";
import { recurrent } from "./recurrent.ts";
import { schedules } from "./schedules.ts";
import { sequences } from "./sequences.ts";

/** The definitions that every file starts with, in the language itself. */
export const preludeSource: Source = {
  name: "prelude",
  text: `${activations}${losses}${layers}${convolutions}${normalisation}${recurrent}${sequences}${schedules}${clips}${optimizers}`,
};
