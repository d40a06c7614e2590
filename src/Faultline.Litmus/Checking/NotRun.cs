using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Compile;

namespace Faultline.Litmus.Checking;

/// <summary>A test that cannot run on a version and filesystem.</summary>
/// <param name="File">The test.</param>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">Filesystem.</param>
/// <param name="Reasons">What they do not have, where the test uses it.</param>
public sealed record NotRun(TestFile File, KernelVersion Kernel, FilesystemKind Filesystem, IReadOnlyList<Diagnostic> Reasons)
{
    /// <summary>Why a test cannot run there; null: it can.</summary>
    public static NotRun? Of(TestFile file, KernelVersion kernel, FilesystemKind filesystem)
    {
        ArgumentNullException.ThrowIfNull(file);
        IReadOnlyList<Diagnostic> reasons = Requirements.Unmet(file.Test!, kernel, filesystem);
        return reasons.Count == 0 ? null : new NotRun(file, kernel, filesystem, reasons);
    }

    /// <summary>One line for each thing that a test uses and some versions or filesystems do not have.</summary>
    /// <param name="all">What is not run.</param>
    public static IEnumerable<string> Lines(IEnumerable<NotRun> all) =>
        from test in all.GroupBy(n => n.File)
        from reason in test.GroupBy(n => (n.Reasons[0].Line, n.Reasons[0].Column))
        from versions in reason.GroupBy(n => n.Filesystem).GroupBy(fs => VersionRanges.Print(fs.Select(n => n.Kernel.Name)), fs => fs.Key)
        let places = string.Join(" and ", versions.Select(ModelNames.Of))
        let first = reason.First().Reasons[0]
        select $"{test.Key.Test!.Name} on {places} of {versions.Key}: {first with { Message = first.Message.Split(';')[0] }}";
}
