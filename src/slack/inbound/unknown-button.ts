/** To a button that says nothing that is known. */
export const unknownButton =
  'I do not know this button, so nothing was done. `/k8s-upgrade runs` lists what there is.';
