namespace Faultline.Cli.Tests;

/// <summary>Where output goes: a link stays a link, a device stays a device.</summary>
public sealed class OutputFileTests : IDisposable
{
    private static readonly string[] Explain =
        ["explain", "litmus/seed/generic-437.litmus", "--kernel", "v4.12+pfn-warn", "--fs", "ext4"];

    private readonly string folder = Directory.CreateTempSubdirectory("faultline-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void ALinkStaysOne()
    {
        string target = Path.Combine(folder, "target"), link = Path.Combine(folder, "link");
        File.CreateSymbolicLink(link, target);
        Assert.Equal(0, Save(link).ExitCode);
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.StartsWith("faultline schedule", File.ReadAllText(target), StringComparison.Ordinal);
    }

    [Fact]
    public void ADeviceIsWrittenTo()
    {
        Tool.Result result = Save("/dev/stdout");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("faultline schedule", result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists("/dev/stdout.part"));
    }

    private static Tool.Result Save(string file) => Tool.Run([.. Explain, "--save-schedule", file]);
}
