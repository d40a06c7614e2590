namespace Faultline.Real.Lab;

/// <summary>Prepares kernels: gets them, builds what they boot, and boots them once to see that they do.</summary>
/// <param name="say">Is told what goes on.</param>
public sealed class KernelLab(Action<string> say)
{
    private static readonly TimeSpan TcgLimit = TimeSpan.FromSeconds(120), KvmLimit = TimeSpan.FromSeconds(15), Answer = TimeSpan.FromSeconds(20);
    private const string Newest = "newest";

    /// <summary>The prepared kernel that a name stands for, prepared now if it is not there.</summary>
    /// <param name="name">A release, the beginning of one, or <c>newest</c>.</param>
    /// <param name="suite">The Debian suite to ask for what the machine's own do not have.</param>
    /// <param name="again">Make it anew even if it is there.</param>
    /// <param name="cancellation">Stops it; nothing half-made is left.</param>
    public async Task<Manifest> Prepare(string name, string suite, bool again, CancellationToken cancellation)
    {
        if (!again && Ready(name) is { } there)
        {
            return there;
        }

        Tool.Require("qemu-system-x86_64");
        return await InScratch(
            async scratch =>
            {
                if (!again && Ready(name) is { } meanwhile)
                {
                    return meanwhile;
                }

                string unpacked = Path.Combine(scratch, "package");
                Directory.CreateDirectory(unpacked);
                var packages = new DebianKernels(suite, say);
                PackagedKernel package = await packages.Find(LabCache.Find(name)?.Release ?? name, cancellation);
                return !again && Ready(package.Release) is { } newest
                    ? newest
                    : await Build(await packages.Get(package, unpacked, cancellation), scratch, cancellation);
            },
            cancellation);
    }

    // Null: there is none, or it was built by another recipe.
    private static Manifest? Ready(string name)
    {
        Manifest? there = name == Newest ? null : LabCache.Find(name);
        if (there is null || there.Recipe != LabCache.Recipe)
        {
            return there is { IsOwn: true }
                ? throw new LabException($"faultline: {there.Release} was prepared by another version of faultline; '{there.Again}' makes it anew")
                : null;
        }

        LabCache.Verify(there);
        return there;
    }

    /// <summary>Prepares a kernel of the user's own.</summary>
    /// <param name="image">Its bzImage.</param>
    /// <param name="modules">Its modules, <c>.../lib/modules/RELEASE</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">They are not there, or it does not boot.</exception>
    public Task<Manifest> PrepareOwn(string image, string modules, CancellationToken cancellation)
    {
        if (!File.Exists(image))
        {
            throw new LabException($"faultline: {image}: no such kernel image; expected a bzImage (arch/x86/boot/bzImage)");
        }

        if (!Directory.Exists(Path.Combine(modules, "kernel")))
        {
            throw new LabException($"faultline: {modules}: no folder 'kernel' in it; expected what 'make modules_install' wrote: .../lib/modules/RELEASE");
        }

        if (!IsKernelImage(image))
        {
            throw new LabException($"faultline: {image} is no Linux kernel image for x86; expected a bzImage (arch/x86/boot/bzImage)");
        }

        Tool.Require("qemu-system-x86_64");
        string release = Path.GetFileName(Path.GetFullPath(modules).TrimEnd('/'));
        var kernel = new UnpackedKernel(release, Manifest.PackageOfOwn(Path.GetFullPath(image)), image, modules);
        return InScratch(scratch => Build(kernel, scratch, cancellation), cancellation);
    }

    private async Task<Manifest> Build(UnpackedKernel kernel, string scratch, CancellationToken cancellation)
    {
        string files = Path.Combine(scratch, "files");
        Directory.CreateDirectory(files);
        File.Copy(kernel.Image, Path.Combine(files, LabCache.Image));
        say("building the initramfs");
        await InitramfsBuilder.Build(kernel.Modules, Path.Combine(files, LabCache.Initramfs), cancellation);
        string accelerator = await TryBoot(kernel, files, cancellation);
        return LabCache.Add(files, kernel.Release, kernel.Package, accelerator);
    }

    // Some machines have a /dev/kvm on which a kernel hangs: only a boot tells.
    private async Task<string> TryBoot(UnpackedKernel kernel, string files, CancellationToken cancellation)
    {
        if (CanOpenKvm())
        {
            say("booting it with KVM");
            try
            {
                await Boots(kernel, files, new GuestOptions(Accelerator: "kvm", BootLimit: KvmLimit), cancellation);
                return "kvm";
            }
            catch (LabException e)
            {
                say($"/dev/kvm is there, but with it {string.Join(' ', e.Message.Split('\n').Take(2))["faultline: ".Length..]}");
            }
        }
        else
        {
            say("no usable /dev/kvm");
        }

        say("booting it with QEMU's software emulation (TCG), which is slower");
        try
        {
            await Boots(kernel, files, new GuestOptions(Accelerator: "tcg", BootLimit: TcgLimit), cancellation);
            return "tcg";
        }
        catch (LabException e)
        {
            throw new LabException($"{e.Message}\nfaultline: {kernel.Release} is not ready: is its image whole and of x86-64? What else a kernel needs: docs/real-kernels.md, 'The lab'");
        }
    }

    private async Task Boots(UnpackedKernel kernel, string files, GuestOptions options, CancellationToken cancellation)
    {
        var manifest = new Manifest(kernel.Release, kernel.Package, options.Accelerator, LabCache.Recipe, []);
        await using Guest guest = await Guest.Boot(manifest, files, options, cancellation);
        string running = (await guest.Demand("uname -r", Answer, cancellation)).Trim();
        if (running != kernel.Release)
        {
            throw new LabException($"faultline: the image is {running}, its modules are of {kernel.Release}");
        }

        ToolResult devices = await guest.Run("test -b /dev/pmem0 && test -b /dev/pmem1 && grep -q '^host /host 9p' /proc/mounts", Answer, cancellation);
        if (devices.Status != 0)
        {
            throw guest.Gone("has no persistent memory or no shared folder; its configuration needs X86_PMEM_LEGACY, BLK_DEV_PMEM, FS_DAX, NET_9P_VIRTIO and 9P_FS");
        }

        say($"it boots in {guest.BootTime.TotalSeconds:F1} s");
    }

    // "HdrS", the magic number of the boot protocol.
    private static bool IsKernelImage(string image)
    {
        Span<byte> magic = stackalloc byte[4];
        using FileStream stream = File.OpenRead(image);
        stream.Position = 0x202;
        return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("HdrS"u8);
    }

    /// <summary>What a prepared kernel is booted with: what it was seen to boot with, if this process may use that.</summary>
    /// <param name="kernel">The kernel.</param>
    public static string AcceleratorOf(Manifest kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return kernel.Accelerator == "kvm" && !CanOpenKvm() ? "tcg" : kernel.Accelerator;
    }

    private static bool CanOpenKvm()
    {
        try
        {
            using FileStream device = File.Open("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<Manifest> InScratch(Func<string, Task<Manifest>> build, CancellationToken cancellation)
    {
        try
        {
            using IDisposable turn = await LabCache.Turn(say, cancellation);
            string scratch = LabCache.NewScratch();
            try
            {
                return await build(scratch);
            }
            finally
            {
                LabCache.DeleteFolder(scratch);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabException(
                $"faultline: {e.Message}; the lab keeps kernels in {LabCache.Root} and needs about 700 MB there while it prepares one (set XDG_CACHE_HOME for another place)");
        }
    }
}
