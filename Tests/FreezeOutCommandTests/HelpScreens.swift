/// The screens of `--help`, whole, 80 columns wide.
enum HelpScreens {
  static let program = """
    OVERVIEW: Train image classifiers in less time by freezing layers as they
    settle.

    FreezeOut (Brock et al. 2017, arXiv 1706.04983) anneals the learning rate of
    each layer to zero at its own time, early layers first; from then on the layer
    is frozen and costs no backward pass.

    USAGE: freezeout <subcommand>

    OPTIONS:
      --version               Show the version.
      -h, --help              Show help information.

    SUBCOMMANDS:
      train                   Train a network while its layers freeze one after
                              another.
      evaluate                Measure trained weights: loss and error on a part of
                              a data set.
      verify                  Replay recorded runs of the published code and
                              compare every figure.
      benchmark-step          Time single training steps on random images.

      See 'freezeout help <subcommand>' for detailed help.
    """

  static let train = """
    OVERVIEW: Train a network while its layers freeze one after another.

    Without options it does what the published script does: DenseNet-BC k=12 L=76
    on CIFAR-100 for 100 epochs, cubic and scaled with t0 = 0.8. A first run that
    needs no data: freezeout train --preset quick

    USAGE: freezeout train <options>

    NETWORK:
      --model <model>         The network: densenet, wrn or vgg. (default:
                              densenet) (values: densenet, wrn, vgg)
      -L, --depth <depth>     densenet, wrn: the number of layers with weights.
                              (default: 76; wrn: 40)
      -k, --growth-rate <growth-rate>
                              densenet: the channels that each layer appends.
                              (default: 12)
      --reduction <reduction> densenet: the share of channels that a transition
                              keeps. (default: 0.5)
      --bottleneck/--no-bottleneck
                              densenet: go through a 1x1 convolution in each layer.
                              (default: --bottleneck)
      --widen-factor <widen-factor>
                              wrn: the factor of the channels. (default: 4)
      --configuration <configuration>
                              vgg: A, B, D, E, or channels and M for pools, as in
                              64,M,128,M. (default: D)
      --dropout <dropout>     The probability of dropout. (default: 0; vgg's
                              classifier: 0.5)

    RECIPE:
      --freeze-out/--no-freeze-out
                              Freeze layers; else none is, and every layer follows
                              one cosine: the baseline. (default: --freeze-out)
      --t0, --t_0 <t0>        The share of the run after which the first layer
                              freezes, before it is squared or cubed. (default: 0.8)
      --how-scale <how-scale> How freeze times grow with depth: linear, squared or
                              cubic. (default: cubic) (values: linear, squared,
                              cubic)
      --scale-lr/--no-scale-lr
                              Start layers that freeze earlier with a higher rate.
                              (default: --scale-lr)
      --epochs <epochs>       The number of passes over the training images.
                              (default: 100)
      --batch-size <batch-size>
                              The number of images of a step. (default: 50)
      --learning-rate <learning-rate>
                              The learning rate before scaling and annealing.
                              (default: 0.1)
      --momentum <momentum>   The share of the last step's direction that is kept.
                              (default: 0.9)
      --weight-decay <weight-decay>
                              The factor of the weights that is added to the
                              gradient. (default: 0.0001)
      --seed <seed>           The seed of weights, order, augmentation and dropout.
                              (default: 0)
      --augment/--no-augment  Shift and mirror training images at random. (default:
                              --augment)
      --validate <validate>   What to measure by after each epoch: validation (the
                              last tenth of the training images, which are then not
                              trained on), test or none. (default: validation)
                              (values: validation, test, none)
      --max-train-images <max-train-images>
                              Train on no more than the first so many images.

    DATA:
      --dataset <dataset>     cifar10, cifar100, generated (10 classes) or
                              generated100 (100 classes), which needs no download.
                              (default: cifar100) (values: cifar10, cifar100,
                              generated, generated100)
      --data <dir>            The folder of CIFAR's binary files or archive; a
                              missing archive is downloaded to it. (default: data)

    MACHINE:
      --device <device>       The device: cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)

    OPTIONS:
      --preset <preset>       A recipe, which the other options change: quick,
                              paper-densenet, paper-wrn or paper-vgg. (values:
                              quick, paper-densenet, paper-wrn, paper-vgg)
      --output <dir>          The folder for what the run leaves behind. (default:
                              a new one under runs)
      --resume                Continue the run in the output folder from its last
                              checkpoint.
      --save-weights <file>   Also write the trained weights to this file.
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let evaluate = """
    OVERVIEW: Measure trained weights: loss and error on a part of a data set.

    Weights that freezeout wrote say themselves what network and data set they are
    of. For weights of another program, written with PyTorch's names, give --model
    and what belongs to it, and --dataset.

    USAGE: freezeout evaluate [<options>] <weights>

    ARGUMENTS:
      <weights>               The file of weights, in the format safetensors.

    NETWORK:
      --model <model>         The network: densenet, wrn or vgg. (default:
                              densenet) (values: densenet, wrn, vgg)
      -L, --depth <depth>     densenet, wrn: the number of layers with weights.
                              (default: 76; wrn: 40)
      -k, --growth-rate <growth-rate>
                              densenet: the channels that each layer appends.
                              (default: 12)
      --reduction <reduction> densenet: the share of channels that a transition
                              keeps. (default: 0.5)
      --bottleneck/--no-bottleneck
                              densenet: go through a 1x1 convolution in each layer.
                              (default: --bottleneck)
      --widen-factor <widen-factor>
                              wrn: the factor of the channels. (default: 4)
      --configuration <configuration>
                              vgg: A, B, D, E, or channels and M for pools, as in
                              64,M,128,M. (default: D)
      --dropout <dropout>     The probability of dropout. (default: 0; vgg's
                              classifier: 0.5)

    DATA:
      --dataset <dataset>     cifar10, cifar100, generated (10 classes) or
                              generated100 (100 classes), which needs no download.
                              (default: cifar100) (values: cifar10, cifar100,
                              generated, generated100)
      --data <dir>            The folder of CIFAR's binary files or archive; a
                              missing archive is downloaded to it. (default: data)

    MACHINE:
      --device <device>       The device: cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)

    OPTIONS:
      --split <split>         test, validation (the last tenth of the training
                              images) or train (all training images). (values:
                              test, validation, train; default: test)
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let verify = """
    OVERVIEW: Replay recorded runs of the published code and compare every figure.

    A recorded run is a folder with case.json and tensors.safetensors. Printed for
    each is the largest disagreement in loss, learning rates, frozen layers, final
    weights and final log-probabilities, and in brackets the largest that passes.

    USAGE: freezeout verify <dir> ... [--precision <precision>] [--device <device>] \
    [--threads <threads>]

    ARGUMENTS:
      <dir>                   Folders of recorded runs.

    MACHINE:
      --device <device>       The device: cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)

    OPTIONS:
      --precision <precision> float64, which shows the recording's own rounding and
                              nothing else, or float32, which rounds as well.
                              (values: float32, float64; default: float64)
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let benchmarkStep = """
    OVERVIEW: Time single training steps on random images.

    With --stdin a step is made for every line read, so that another program can
    alternate the steps of two processes. Printed for each step is a line of JSON:
    its seconds, the process's peak of resident memory in bytes, and that before
    there was a network.

    USAGE: freezeout benchmark-step <options>

    NETWORK:
      --model <model>         The network: densenet, wrn or vgg. (default:
                              densenet) (values: densenet, wrn, vgg)
      -L, --depth <depth>     densenet, wrn: the number of layers with weights.
                              (default: 76; wrn: 40)
      -k, --growth-rate <growth-rate>
                              densenet: the channels that each layer appends.
                              (default: 12)
      --reduction <reduction> densenet: the share of channels that a transition
                              keeps. (default: 0.5)
      --bottleneck/--no-bottleneck
                              densenet: go through a 1x1 convolution in each layer.
                              (default: --bottleneck)
      --widen-factor <widen-factor>
                              wrn: the factor of the channels. (default: 4)
      --configuration <configuration>
                              vgg: A, B, D, E, or channels and M for pools, as in
                              64,M,128,M. (default: D)
      --dropout <dropout>     The probability of dropout. (default: 0; vgg's
                              classifier: 0.5)

    MACHINE:
      --device <device>       The device: cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)

    OPTIONS:
      --batch-size <batch-size>
                              The number of images of a step. (default: 50)
      --classes <classes>     The number of classes. (default: 100)
      --frozen <frozen>       How many layers are frozen, from the first. (default:
                              0)
      --steps <steps>         The number of steps, where no lines are read.
                              (default: 10)
      --stdin                 Make a step for every line of standard input.
      --version               Show the version.
      -h, --help              Show help information.
    """
}
