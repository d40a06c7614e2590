namespace Faultline.Real.Lab;

/// <summary>QEMU's command line: two ranges of memory that the kernel takes for persistent memory, a disk, a shared folder, and no network.</summary>
internal static class QemuArguments
{
    /// <summary>Name of the disk's file in a guest's folder.</summary>
    public const string Disk = "disk";

    /// <summary>The arguments.</summary>
    /// <param name="files">The folder that holds the kernel image and the initramfs.</param>
    /// <param name="folder">The guest's folder, for sockets and files.</param>
    /// <param name="options">How it is started.</param>
    public static string[] Of(string files, string folder, GuestOptions options)
    {
        string isolated = options.Isolated ? $" isolcpus=1-{options.Cpus - 1} nohz_full=1-{options.Cpus - 1} rcu_nocbs=1-{options.Cpus - 1}" : "";
        string at = folder.Replace(",", ",,", StringComparison.Ordinal); // QEMU splits options at commas
        string[] always =
        [
            "-name", "faultline-lab,debug-threads=on", "-accel", options.Accelerator == "kvm" ? "kvm" : "tcg,thread=multi", "-cpu", "max,la57=off",
            "-smp", $"{options.Cpus}", "-m", "2048", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none",
            "-chardev", $"socket,id=monitor,path={at}/monitor,server=on,wait=off", "-mon", "chardev=monitor,mode=readline",
            "-kernel", Path.Combine(files, LabCache.Image), "-initrd", Path.Combine(files, LabCache.Initramfs),
            "-chardev", $"file,id=console,path={at}/console", "-serial", "chardev:console",
            "-chardev", $"socket,id=control,path={at}/control,server=on,wait=off", "-serial", "chardev:control",
            "-virtfs", $"local,path={at}/share,mount_tag=host,security_model=none",
            "-drive", $"file={at}/{Disk},if=none,id=disk,format=raw", "-device", "virtio-blk-pci,drive=disk",
            "-append", "console=ttyS0 panic=-1 nokaslr mitigations=off quiet tsc=reliable memmap=256M!512M memmap=768M!768M" + isolated,
        ];
        string[] debugger = ["-chardev", $"socket,id=gdb,path={at}/gdb,server=on,wait=off", "-gdb", "chardev:gdb"];
        return options.Debugger ? [.. always, .. debugger] : always;
    }
}
