export {
  defineConfig,
  type CommonConfig,
  type DestinationConfig,
  type DestinationPlacement,
  type ForwarderConfig,
  type OwnDestinationConfig,
  type OwnType,
  type PackageDestinationConfig,
} from './settings/define-config.js';
