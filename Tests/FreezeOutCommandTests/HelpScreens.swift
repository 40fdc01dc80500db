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
      plan                    Say what freezing will do and save in a run, without
                              training anything.
      compare                 Find out whether freezing is worth it, against fair
                              opponents.
      sweep                   Find out what each way to freeze saves, and what it
                              costs in error.
      report                  Make a page with charts of what runs came to.
      evaluate                Measure trained weights: loss and error on a part of
                              a data set.
      verify                  Replay recorded runs of the published code and
                              compare every figure.
      bench                   Time training steps with more and more layers frozen,
                              beside PyTorch's if asked.

      See 'freezeout help <subcommand>' for detailed help.
    """

  static let train = """
    OVERVIEW: Train a network while its layers freeze one after another.

    Without options it does what the published script does: DenseNet-BC k=12 L=76
    on CIFAR-100 for 100 epochs, cubic and scaled with t0 = 0.8. A first run that
    needs no data: freezeout train --preset quick

    USAGE: freezeout train <options>

    FREEZING:
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
      --views <views>         From the first freeze on, show each image in so many
                              fixed augmentations and no others, so that the same
                              input comes again.
      --redraw-views          Draw the fixed augmentations anew at every freeze
                              event.
      --cache-features        Keep the output of frozen layers where the same input
                              comes again (--views or --no-augment) and that pays.
      --cache-budget <bytes>  The most that may be kept at any time, as in 500MB or
                              2GB. (default: 4GB)
      --cache-precision <cache-precision>
                              How it is kept: float32 or bfloat16. (default:
                              float32) (values: float32, bfloat16)
      --validate <validate>   What to measure by after each epoch: validation (the
                              last tenth of the training images, which are then not
                              trained on), test or none. (default: validation)
                              (values: validation, test, none)
      --max-train-images <max-train-images>
                              Train on no more than the first so many images.
      --precision <precision> In what convolutions and affine maps multiply in
                              training: float32, tf32 (on CUDA) or bfloat16.
                              Weights, batch norm's statistics, the loss and
                              evaluation are float32. (default: float32) (values:
                              float32, tf32, bfloat16)

    DATA:
      --dataset <dataset>     cifar10, cifar100, generated (10 classes) or
                              generated100 (100 classes), which needs no download.
                              (default: cifar100) (values: cifar10, cifar100,
                              generated, generated100)
      --data <dir>            The folder of CIFAR's binary files or archive; a
                              missing archive is downloaded to it. (default: data)

    MACHINE:
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)
      --kernels <kernels>     What layers are computed with: auto, libtorch, fused,
                              fused:portable, fused:avx2 or fused:avx512. fused
                              takes the widest instructions of the processor and
                              has float32 alone; auto is fused on the CPU in
                              float32 for a network that has fused kernels, else
                              libtorch. (default: auto)
      --eager-steps           Give a GPU every operation of a training step by
                              itself, not a recorded graph of the step.

    OPTIONS:
      --preset <preset>       A recipe, which the other options change: quick (a
                              smaller one in compare and sweep, which make it many
                              times), paper-densenet, paper-wrn or paper-vgg.
                              (values: quick, paper-densenet, paper-wrn, paper-vgg)
      --output <dir>          The folder for what the run leaves behind. (default:
                              a new one under runs)
      --resume                Continue the run in the output folder from its last
                              checkpoint.
      --checkpoint-every <interval>
                              How often the state is kept within an epoch, in
                              iterations, as in 500, or time, as in 10m. (default:
                              10m)
      --save-weights <file>   Also write the trained weights to this file.
      --measure/--no-measure  Time the network for a few seconds and predict the
                              run's duration before it begins. (default: --measure)
      --const-time            Train for as many more epochs as freezing saves, by
                              what is measured, with the freezes stretched.
      --sync-batch-norm       Let batch norm see whole batches where several
                              processes share them: mpirun -n 2 freezeout train
                              --sync-batch-norm makes the run of one process, but
                              for rounding and dropout's numbers. Without it each
                              sees its own images.
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let plan = """
    OVERVIEW: Say what freezing will do and save in a run, without training
    anything.

    Takes the options of train. Without --measure the saving is estimated from
    multiply-adds; with it the network's stages are timed on this machine for a few
    seconds, and the run's duration is predicted, with and without freezing. --save
    finds the t0 that saves a share of the time.

    USAGE: freezeout plan <options>

    FREEZING:
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
      --views <views>         From the first freeze on, show each image in so many
                              fixed augmentations and no others, so that the same
                              input comes again.
      --redraw-views          Draw the fixed augmentations anew at every freeze
                              event.
      --cache-features        Keep the output of frozen layers where the same input
                              comes again (--views or --no-augment) and that pays.
      --cache-budget <bytes>  The most that may be kept at any time, as in 500MB or
                              2GB. (default: 4GB)
      --cache-precision <cache-precision>
                              How it is kept: float32 or bfloat16. (default:
                              float32) (values: float32, bfloat16)
      --validate <validate>   What to measure by after each epoch: validation (the
                              last tenth of the training images, which are then not
                              trained on), test or none. (default: validation)
                              (values: validation, test, none)
      --max-train-images <max-train-images>
                              Train on no more than the first so many images.
      --precision <precision> In what convolutions and affine maps multiply in
                              training: float32, tf32 (on CUDA) or bfloat16.
                              Weights, batch norm's statistics, the loss and
                              evaluation are float32. (default: float32) (values:
                              float32, tf32, bfloat16)

    DATA:
      --dataset <dataset>     cifar10, cifar100, generated (10 classes) or
                              generated100 (100 classes), which needs no download.
                              (default: cifar100) (values: cifar10, cifar100,
                              generated, generated100)
      --data <dir>            The folder of CIFAR's binary files or archive; a
                              missing archive is downloaded to it. (default: data)

    MACHINE:
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)
      --kernels <kernels>     What layers are computed with: auto, libtorch, fused,
                              fused:portable, fused:avx2 or fused:avx512. fused
                              takes the widest instructions of the processor and
                              has float32 alone; auto is fused on the CPU in
                              float32 for a network that has fused kernels, else
                              libtorch. (default: auto)

    OPTIONS:
      --preset <preset>       A recipe, which the other options change: quick (a
                              smaller one in compare and sweep, which make it many
                              times), paper-densenet, paper-wrn or paper-vgg.
                              (values: quick, paper-densenet, paper-wrn, paper-vgg)
      --measure               Time the network on this machine, and predict the
                              run's duration.
      --save <share>          Find the t0 that saves this share of the time, as in
                              20% or 0.2, for every strategy.
      --save-time <time>      Find the t0 that saves this much time, as in 15m or
                              1h30m; measures.
      --json                  Print everything as JSON.
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let compare = """
    OVERVIEW: Find out whether freezing is worth it, against fair opponents.

    Takes the options of train and runs four arms in turn, for every seed: the
    baseline; FreezeOut; FreezeOut for as long as the baseline takes; and the
    baseline in the time that FreezeOut took, with its rate annealed to zero in
    that time. Interrupted, the same command goes on where it stopped.

    USAGE: freezeout compare <options>

    FREEZING:
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
      --views <views>         From the first freeze on, show each image in so many
                              fixed augmentations and no others, so that the same
                              input comes again.
      --redraw-views          Draw the fixed augmentations anew at every freeze
                              event.
      --cache-features        Keep the output of frozen layers where the same input
                              comes again (--views or --no-augment) and that pays.
      --cache-budget <bytes>  The most that may be kept at any time, as in 500MB or
                              2GB. (default: 4GB)
      --cache-precision <cache-precision>
                              How it is kept: float32 or bfloat16. (default:
                              float32) (values: float32, bfloat16)
      --validate <validate>   What to measure by after each epoch: validation (the
                              last tenth of the training images, which are then not
                              trained on), test or none. (default: validation)
                              (values: validation, test, none)
      --max-train-images <max-train-images>
                              Train on no more than the first so many images.
      --precision <precision> In what convolutions and affine maps multiply in
                              training: float32, tf32 (on CUDA) or bfloat16.
                              Weights, batch norm's statistics, the loss and
                              evaluation are float32. (default: float32) (values:
                              float32, tf32, bfloat16)

    DATA:
      --dataset <dataset>     cifar10, cifar100, generated (10 classes) or
                              generated100 (100 classes), which needs no download.
                              (default: cifar100) (values: cifar10, cifar100,
                              generated, generated100)
      --data <dir>            The folder of CIFAR's binary files or archive; a
                              missing archive is downloaded to it. (default: data)

    MACHINE:
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)
      --kernels <kernels>     What layers are computed with: auto, libtorch, fused,
                              fused:portable, fused:avx2 or fused:avx512. fused
                              takes the widest instructions of the processor and
                              has float32 alone; auto is fused on the CPU in
                              float32 for a network that has fused kernels, else
                              libtorch. (default: auto)

    OPTIONS:
      --preset <preset>       A recipe, which the other options change: quick (a
                              smaller one in compare and sweep, which make it many
                              times), paper-densenet, paper-wrn or paper-vgg.
                              (values: quick, paper-densenet, paper-wrn, paper-vgg)
      --seeds <seeds>         The number of seeds, from --seed on. (default: 3)
      --output <dir>          The folder for what the runs leave behind. (default:
                              runs/compare-NAME)
      --json                  Print the table as JSON.
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let sweep = """
    OVERVIEW: Find out what each way to freeze saves, and what it costs in error.

    Runs one recipe without freezing and with every strategy, t0 and kind of rates,
    for every seed. The order is such that a sweep that is stopped has spanned the
    range already. Interrupted, the same command goes on where it stopped; with
    more seeds or values it adds the runs that are missing.

    USAGE: freezeout sweep <options>

    SWEEP:
      --t0, --t_0 <shares>    The shares of the run after which the first layer
                              freezes, before they are squared or cubed. (default:
                              0.5,0.7,0.9)
      --how-scale <strategies>
                              How freeze times grow with depth: of linear, squared
                              and cubic, those to try. (default: linear,cubic)
      --rates <rates>         scaled (layers that freeze earlier start with a
                              higher rate), unscaled, or both: scaled,unscaled.
                              (default: scaled)
      --seeds <seeds>         The number of seeds, from --seed on. (default: 2)
      --jobs <jobs>           How many runs go on at a time, each in a process of
                              its own with its share of the threads. They slow each
                              other down, and not all alike: to compare times, take
                              one at a time. (default: 1)

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
      --views <views>         From the first freeze on, show each image in so many
                              fixed augmentations and no others, so that the same
                              input comes again.
      --redraw-views          Draw the fixed augmentations anew at every freeze
                              event.
      --cache-features        Keep the output of frozen layers where the same input
                              comes again (--views or --no-augment) and that pays.
      --cache-budget <bytes>  The most that may be kept at any time, as in 500MB or
                              2GB. (default: 4GB)
      --cache-precision <cache-precision>
                              How it is kept: float32 or bfloat16. (default:
                              float32) (values: float32, bfloat16)
      --validate <validate>   What to measure by after each epoch: validation (the
                              last tenth of the training images, which are then not
                              trained on), test or none. (default: validation)
                              (values: validation, test, none)
      --max-train-images <max-train-images>
                              Train on no more than the first so many images.
      --precision <precision> In what convolutions and affine maps multiply in
                              training: float32, tf32 (on CUDA) or bfloat16.
                              Weights, batch norm's statistics, the loss and
                              evaluation are float32. (default: float32) (values:
                              float32, tf32, bfloat16)

    DATA:
      --dataset <dataset>     cifar10, cifar100, generated (10 classes) or
                              generated100 (100 classes), which needs no download.
                              (default: cifar100) (values: cifar10, cifar100,
                              generated, generated100)
      --data <dir>            The folder of CIFAR's binary files or archive; a
                              missing archive is downloaded to it. (default: data)

    MACHINE:
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)
      --kernels <kernels>     What layers are computed with: auto, libtorch, fused,
                              fused:portable, fused:avx2 or fused:avx512. fused
                              takes the widest instructions of the processor and
                              has float32 alone; auto is fused on the CPU in
                              float32 for a network that has fused kernels, else
                              libtorch. (default: auto)

    OPTIONS:
      --preset <preset>       A recipe, which the other options change: quick (a
                              smaller one in compare and sweep, which make it many
                              times), paper-densenet, paper-wrn or paper-vgg.
                              (values: quick, paper-densenet, paper-wrn, paper-vgg)
      --output <dir>          The folder for what the runs leave behind. (default:
                              runs/sweep-NAME)
      --json                  Print the table as JSON.
      --report/--no-report    At the end, make the page that report makes; what
                              draws charts is installed for it. (default: --report)
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let report = """
    OVERVIEW: Make a page with charts of what runs came to.

    Takes the folder of a run, of a comparison, or any folder above runs, and
    writes one HTML page that needs no network: what came out in a sentence and a
    table, error against the time that was saved, loss and error over the run,
    every layer's learning rate and cost, and what an epoch took as layers froze.
    Runs that are not finished are in it as far as they are. Charts are drawn by
    vl-convert, which is installed when it is first needed; --data alone needs none.

    USAGE: freezeout report <folder> ... [--output <file>] [--svg <dir>] [--png <dir>] [--data <dir>] [--theme <theme>]

    ARGUMENTS:
      <folder>                The folders of runs, or folders above them.

    OPTIONS:
      --output <file>         Where the page goes. (default: report.html in the
                              first folder)
      --svg <dir>             Write the figures as SVG to this folder.
      --png <dir>             Write the figures as PNG to this folder.
      --data <dir>            Write the data behind each figure as CSV to this
                              folder.
      --theme <theme>         The look of SVG and PNG: light or dark. The page has
                              both. (values: light, dark; default: light)
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
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)
      --kernels <kernels>     What layers are computed with: auto, libtorch, fused,
                              fused:portable, fused:avx2 or fused:avx512. fused
                              takes the widest instructions of the processor and
                              has float32 alone; auto is fused on the CPU in
                              float32 for a network that has fused kernels, else
                              libtorch. (default: auto)

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

    USAGE: freezeout verify <dir> ... [--precision <precision>] [--kernels <kernels>] [--device <device>] [--threads <threads>]

    ARGUMENTS:
      <dir>                   Folders of recorded runs.

    MACHINE:
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)

    OPTIONS:
      --precision <precision> float64, which shows the recording's own rounding and
                              nothing else, or float32, which rounds as well.
                              (values: float32, float64; default: float64)
      --kernels <kernels>     What layers are computed with: auto, libtorch, fused,
                              fused:portable, fused:avx2 or fused:avx512. auto is
                              libtorch in float64. (default: libtorch)
      --version               Show the version.
      -h, --help              Show help information.
    """

  static let bench = """
    OVERVIEW: Time training steps with more and more layers frozen, beside
    PyTorch's if asked.

    Every number of frozen layers has a process of its own, so that its peak of
    memory is its own. With --peer our own plain PyTorch programs of the same
    network take steps in turn with it: frozen in the published way (graph built,
    output detached), in Composer's way (requires_grad off), and not at all; all on
    --device and in --precision. With --peer-compile the first of these also takes
    steps compiled by torch.compile. A turn is two steps, of which the second
    counts: threads of the side before may still spin during the first. With
    features kept, as --cache-features keeps them, a step reads what the frozen
    layers would compute. Times of the frozen layers, forward, backward and
    optimizer make up a step; a batch is made meanwhile, on a thread of its own. On
    a GPU ten steps go one behind the other, of which all sides read the losses,
    and a step is their mean, without parts but for the frozen layers, which are
    timed apart. Run it on an idle machine.

    USAGE: freezeout bench <options>

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
      --device <device>       The device: auto, cpu, cuda or cuda:N. (default: cpu)
      --threads <threads>     The number of threads of an operation on the CPU.
                              (default: libtorch's choice)
      --eager-steps           Give a GPU every operation of a training step by
                              itself, not a recorded graph of the step.

    OPTIONS:
      --kernels <kernels>     What our layers are computed with: auto, libtorch,
                              fused, fused:portable, fused:avx2 or fused:avx512.
                              Several, as in fused,libtorch, take steps in turn.
                              (default: auto)
      --precision <precision> In what convolutions and affine maps multiply, on all
                              sides: float32, tf32 (on CUDA) or bfloat16. (values:
                              float32, tf32, bfloat16; default: float32)
      --batch-size <batch-size>
                              The number of images of a step. (default: 50)
      --classes <classes>     The number of classes. (default: 100)
      --frozen <frozen>       How many layers are frozen, from the first. (default:
                              0, 1/4, 1/2 and 3/4 of them)
      --rounds <rounds>       The number of turns, each with a step that counts.
                              (default: 9)
      --warm-up <warm-up>     The number of turns before them. (default: 2)
      --peer                  Let PyTorch take steps in turn, on the same device in
                              the same precision, and print the ratios.
      --peer-compile          Let PyTorch compiled by torch.compile take steps too.
                              To compile takes minutes, which no step counts; where
                              it fails, as without a C++ compiler, it is left out.
      --peers <dir>           The folder of the PyTorch programs. (default:
                              Benchmarks/peers of this checkout)
      --json                  Print everything as JSON.
      --version               Show the version.
      -h, --help              Show help information.
    """
}
