using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Compile;

/// <summary>What a test asks for that a kernel or filesystem does not have: there it cannot run, and has no verdict.</summary>
public static class Requirements
{
    /// <summary>What is missing, in the order of the text; empty when the test can run.</summary>
    /// <param name="test">The test.</param>
    /// <param name="version">Kernel version.</param>
    /// <param name="filesystem">Filesystem.</param>
    public static IReadOnlyList<Diagnostic> Unmet(LitmusTest test, KernelVersion version, FilesystemKind filesystem)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(version);
        IEnumerable<(SourcePosition Position, string? Missing)> needs =
        [
            .. test.Maps.Where(m => m.IsSync).Select(m => (m.Position, Missing(KernelFeature.MapSync, version))),
            .. test.Statements.Select(s => (s.Position, Missing(s, version, filesystem))),
        ];
        return
        [
            .. needs.Where(n => n.Missing is not null).OrderBy(n => n.Position)
                .Select(n => new Diagnostic(test.Path, n.Position.Line, n.Position.Column, n.Missing!)),
        ];
    }

    private static string? Missing(Statement statement, KernelVersion version, FilesystemKind filesystem) => statement switch
    {
        ReflinkStatement when filesystem == FilesystemKind.Ext4 => "reflink needs XFS; ext4 does not have it",
        ReflinkStatement => Missing(KernelFeature.DaxReflink, version),
        HwPoisonStatement => Missing(KernelFeature.DaxMemoryFailure, version),
        _ => null,
    };

    private static string? Missing(KernelFeature feature, KernelVersion version) =>
        feature.IsIn(version) ? null : $"{feature.Name} needs {feature.Since}; {version.Name} does not have it";
}
