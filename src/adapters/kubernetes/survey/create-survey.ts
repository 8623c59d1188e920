import { StepFailure } from '../../../domain/failure.ts';
import { NodeName } from '../../../domain/names.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { ClusterSurvey } from '../../../ports/cluster-survey.ts';
import type { Caller } from '../caller.ts';
import { type ListCall, listAll } from '../list.ts';
import { apiUses } from './api-uses.ts';
import { ReleaseResource, releasedObjects } from './helm-releases.ts';
import {
  CrdResource,
  crdObject,
  EndpointSliceResource,
  localVolumeObject,
  VolumeResource,
  WebhookResource,
  webhookObjects,
} from './resources.ts';
import { metadataOnly, WrittenResource, writtenObject } from './written-objects.ts';

/** Thousands of releases could be read for minutes; a plan is asked for by somebody who waits. */
const releasesMs = 30_000;
/** Releases are up to 1 MiB each, definitions with their schemas some hundred KiB. */
const fewAPage = 25;

/** What is read of a cluster only to plan, over the caller that everything else goes through. */
export function createSurvey(caller: Caller, clock: Clock): ClusterSurvey {
  const quiet = (list: ListCall): ListCall => ({ ...list, mayBeForbidden: true });
  return {
    apiUses: () => apiUses(caller),
    writtenObjects({ apiVersion, kind, resource }) {
      const list = {
        what: `list ${resource}`,
        path: `/apis/${apiVersion}/${resource}`,
        accept: metadataOnly,
      };
      return listAll(caller, quiet(list), WrittenResource, (object) => writtenObject(kind, object));
    },
    async releasedObjects(isWanted) {
      const deadline = clock.elapsed() + releasesMs;
      const query = { labelSelector: 'owner=helm,status=deployed' };
      const list = { what: 'list Helm releases', path: '/api/v1/secrets', query, pageSize: fewAPage };
      const found = await listAll(caller, quiet(list), ReleaseResource, (secret) => {
        if (clock.elapsed() > deadline) {
          const message = `There are more Helm releases than can be read in ${releasesMs / 1000} s.`;
          throw new StepFailure('kubernetes.unavailable', message);
        }
        return releasedObjects(secret, isWanted);
      });
      return found.flat();
    },
    crds() {
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      const list = { what: 'list custom resource definitions', path, pageSize: fewAPage };
      return listAll(caller, quiet(list), CrdResource, crdObject);
    },
    async webhooks() {
      const group = '/apis/admissionregistration.k8s.io/v1';
      const validating = `${group}/validatingwebhookconfigurations`;
      const mutating = `${group}/mutatingwebhookconfigurations`;
      const lists = await Promise.all([
        listAll(
          caller,
          quiet({ what: 'list validating webhooks', path: validating }),
          WebhookResource,
          (found) => webhookObjects('ValidatingWebhookConfiguration', found),
        ),
        listAll(caller, quiet({ what: 'list mutating webhooks', path: mutating }), WebhookResource, (found) =>
          webhookObjects('MutatingWebhookConfiguration', found),
        ),
      ]);
      return lists.flat(2);
    },
    async readyEndpoints({ namespace, name }) {
      const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
      const query = { labelSelector: `kubernetes.io/service-name=${name}` };
      const list = { what: `list endpoints of ${namespace}/${name}`, path, query };
      const slices = await listAll(caller, quiet(list), EndpointSliceResource, ({ endpoints }) => endpoints);
      return slices.flat().flatMap(({ conditions, nodeName }) => {
        if (conditions?.ready === false) return [];
        const node = NodeName.safeParse(nodeName);
        return [node.success ? { node: node.data } : {}];
      });
    },
    async localVolumes() {
      const list = { what: 'list persistent volumes', path: '/api/v1/persistentvolumes' };
      return (await listAll(caller, quiet(list), VolumeResource, localVolumeObject)).flat();
    },
  };
}
