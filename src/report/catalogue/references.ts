// Where the references live.
export const issues = 'https://github.com/kubernetes/kubernetes/issues';
export const pulls = 'https://github.com/kubernetes/kubernetes/pull';
export const enhancements = 'https://github.com/kubernetes/enhancements';
export const docs = 'https://kubernetes.io/docs';
