using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;

namespace Faultline.Cli;

/// <summary>What <c>check</c> runs, and what it cannot run because a version or filesystem lacks what a test uses.</summary>
/// <param name="Requests">The checks, in the order they are printed.</param>
/// <param name="NotRun">What is not run.</param>
internal sealed record CheckPlan(IReadOnlyList<CheckRequest> Requests, IReadOnlyList<NotRun> NotRun)
{
    /// <summary>What is searched, in words, where it is one search: what its checkpoint is a checkpoint of.</summary>
    public string Subject => string.Join(
        ", ", Requests.Select(r => $"{r.File.Test!.Name} {r.File.Test.Hash} on {r.Kernel.Name} {Inputs.Name(r.Filesystem)}"));

    /// <summary>
    /// Plans. With <c>--kernel all</c> a test also runs on the versions with a fix taken out that its <c>.expected</c> file names.
    /// </summary>
    /// <param name="files">The tests.</param>
    /// <param name="paths">What was typed: a test that is named here must be able to run on every version and filesystem named.</param>
    /// <param name="kernelNames">What was typed for the kernel.</param>
    /// <param name="filesystemNames">What was typed for the filesystem.</param>
    /// <exception cref="InputException">What was named cannot run, or nothing can.</exception>
    public static CheckPlan Make(IReadOnlyList<TestFile> files, string[] paths, string[] kernelNames, string[] filesystemNames)
    {
        IReadOnlyList<KernelVersion> kernels = Inputs.Kernels(kernelNames), named = Inputs.NamedKernels(kernelNames);
        IReadOnlyList<FilesystemKind> filesystems = Inputs.Filesystems(filesystemNames);
        bool filesystemNamed = filesystemNames.Length > 0 && !Inputs.AsksForAll(filesystemNames);
        var requests = new List<CheckRequest>();
        var notRun = new List<NotRun>();
        var refused = new List<NotRun>();
        foreach (TestFile file in files)
        {
            bool strict = paths.Contains(file.Path);
            IReadOnlyList<KernelVersion> own = Inputs.AsksForAll(kernelNames) ? TestVersions.WithFixTakenOut(file) : [];
            foreach (KernelVersion kernel in kernels.Concat(own).DistinctBy(k => k.Name))
            {
                List<NotRun> cannot = [.. filesystems.Select(fs => Litmus.Checking.NotRun.Of(file, kernel, fs)).OfType<NotRun>()];
                bool mustRun = strict && named.Any(k => k.Name == kernel.Name) && (filesystemNamed || cannot.Count == filesystems.Count);
                (mustRun ? refused : notRun).AddRange(cannot);
                requests.AddRange(
                    filesystems.Where(fs => cannot.All(n => n.Filesystem != fs)).Select(fs => new CheckRequest(file, kernel, fs)));
            }
        }

        refused = requests.Count == 0 && refused.Count == 0 ? notRun : refused;
        return refused.Count == 0
            ? new CheckPlan(requests, notRun)
            : throw new InputException(string.Join(Environment.NewLine, refused.SelectMany(n => n.Reasons).Distinct()));
    }
}
